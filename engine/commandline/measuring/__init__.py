"""What verbs measure when they are asked to: the costs of models, and the overhead of recording and sampling."""
