"""Books: what they are made of (`book`), where they are kept (`folder`), what they look like (`render`)."""
