"""The use cases, a folder each; `order_sync` is the door for `bench execute`. Runs without a bench."""
