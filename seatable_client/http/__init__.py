"""One server: requests, retry, rate limit, pre-signed URLs."""
