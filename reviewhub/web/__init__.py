"""The door for people: pages in English and Chinese, and what browsers and search engines ask for."""
