"""What is measured and not shipped: evaluation, benchmarks, reliability, pictures."""
