"""The delivery: JSON resources and pages over the services of `creditbank`."""
