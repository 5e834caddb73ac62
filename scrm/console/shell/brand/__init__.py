"""The brand's own choices: profile, settings with their history, modules, channels, acknowledgements."""
