"""Somebody's photos in, the photo that a story asks for out.

`PhotoIndex` keeps one embedding per photo in a LanceDB table and finds the nearest ones to a query.
The photos themselves are only ever opened for reading.
"""
