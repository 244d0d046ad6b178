"""What a WSGI server and the `flask` command load."""

from reviewhub.app import create_app

app = create_app()
