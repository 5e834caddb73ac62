"""The workbench (page 2), and what stands behind its own to-dos."""
