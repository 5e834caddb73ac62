"""The demo's two brands: a real purchase history, invented people, and a sandboxed WeCom."""
