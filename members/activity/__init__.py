"""What people do: visits, uses, words and deeds, each once by its id."""
