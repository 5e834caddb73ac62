"""Tags and WeCom's corp tags, both ways."""
