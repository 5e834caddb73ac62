"""Today beside yesterday, on the workbench."""
