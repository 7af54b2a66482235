"""From checked data to an adapter that is provably better than its base, or the news that it is not. See docs/finetune.md."""
