"""The model of "Generating Images with Multimodal Language Models" (GILL, arXiv 2305.17216), for any frozen parts.

turns -> `language` + `encoder` + `adapters` -> text and [IMG] hidden states -> retrieval query, condition, decision
-> `painter`, and `enlarging` where a book shows it larger. `model.Gill` joins them, `session.Session` keeps what was
read, `checkpoint` imports official weights.
"""
