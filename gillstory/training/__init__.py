"""Making bundles: the story world that the pocket bundle learns from, and the stages that train its parts.

Nothing in gillstory imports this package but the command line and `evaluation`; it may import `gill` and `bundle`.
"""
