"""The frame around every page and the pages that belong to no app: sign-in, brands, jobs, search."""
