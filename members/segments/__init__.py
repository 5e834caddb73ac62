"""Audiences by rule over typed fields; whoever owns a figure registers it as a field."""
