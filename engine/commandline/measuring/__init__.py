"""Measurements that verbs make on request: the costs of models, and the overhead of recording and sampling."""
