"""Nexto and Necto, for people who have their weights: TorchScript archives, read without torch and without pickle.

Both are by Rolv Arild and contributors (github.com/Rolv-Arild/Necto); the weights are CC BY-NC-SA 4.0 and no part of
jaxrl, nor is anything derived from them. What is here was written from a description of what the networks compute and
see. docs/extend/opponents.md says how they are used.
"""
