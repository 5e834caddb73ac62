"""Where a member stands in life: figures of activity, stage and contribution, settled every night."""
