"""Rollouts from machines that come and go, by Ray: the learner stays where it is, nodes only play."""
