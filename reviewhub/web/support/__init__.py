"""What every page family uses: languages, rendering, the transaction of a request, who may enter."""
