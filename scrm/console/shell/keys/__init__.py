"""Page 46, first half: keys of the API, from the first secret to the last."""
