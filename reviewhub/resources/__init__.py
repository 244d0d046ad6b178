"""What readers ask authors and each other for beside a paper: requests, their answers with links and files, and whether those work."""
