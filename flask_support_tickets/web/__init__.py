"""What the faces share of a request: who asks, what may come in, forms, lists, threads, errors."""
