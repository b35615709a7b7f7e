"""The story world: a picture-book world whose every scene is known, rendered on the fly, with words that tell it.

`vocabulary` names what there is, `scene` draws at random what happens and says it in words, `render` paints it.
"""
