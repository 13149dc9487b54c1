"""Documents as files: what lies in a folder, and the contexts that come with the product."""
