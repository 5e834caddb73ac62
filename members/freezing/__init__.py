"""Members who may not redeem for a while."""
