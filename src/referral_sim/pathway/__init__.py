"""Stages of a case: each takes cases, writes down what happens to them and says what becomes of them."""
