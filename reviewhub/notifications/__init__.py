"""Who is told what: following, notices on the page, mail at once or gathered."""
