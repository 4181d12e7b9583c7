"""States for tests of what a car sees."""

import numpy as np

from support.states import state


def random_state(num_cars, seed):
    """Not a possible match, but every number differs from every other, and has about the right size."""
    rng = np.random.default_rng(seed)

    def vector(*lead):
        return rng.normal(size=(*lead, 3)) * 1000

    return state(num_cars)._replace(
        score=rng.integers(0, 9, 2),
        ball_position=vector(),
        ball_velocity=vector(),
        ball_angular_velocity=vector() / 500,
        pads=rng.integers(0, 2, 34),
        position=vector(num_cars),
        forward=vector(num_cars) / 1000,
        up=vector(num_cars) / 1000,
        velocity=vector(num_cars),
        angular_velocity=vector(num_cars) / 500,
        boost=rng.uniform(0, 100, num_cars),
        on_ground=rng.integers(0, 2, num_cars),
        has_flip_or_jump=rng.integers(0, 2, num_cars),
        demoed=rng.integers(0, 2, num_cars),
        ticks_since_contact=rng.integers(0, 200, num_cars),
        demos=rng.integers(0, 9, num_cars),
        previous_action=rng.integers(0, 90, num_cars),
    )


def turned(vectors):
    """Turned by 180 degrees about z: x and y change sign."""
    result = np.array(vectors, np.float64)
    result[..., 0] *= -1
    result[..., 1] *= -1
    return result
