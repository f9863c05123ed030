"""Running many: plans, designs, who makes the runs, where they are kept."""
