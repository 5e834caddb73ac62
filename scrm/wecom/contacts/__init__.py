"""Members, customers, their friendships and tags, as we keep them."""
