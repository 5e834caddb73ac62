"""The brand's own choices over the wire: settings and their history, channels, what was acknowledged."""
