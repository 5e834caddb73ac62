"""What a brand asks about people beyond the common columns: fields of its own, the persona, notes."""
