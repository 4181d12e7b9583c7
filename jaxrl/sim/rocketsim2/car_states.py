"""What RocketSim knows of a car and its gym state lacks: jumps, flips, contacts. One more read of every car."""

from array import array
from operator import attrgetter

import RocketSim as rs

ALWAYS = attrgetter(
    "has_jumped",
    "is_jumping",
    "has_double_jumped",
    "has_flipped",
    "is_flipping",
    "flip_time",
    "air_time",
    "air_time_since_jump",
    "is_supersonic",
    "handbrake_val",
    "wheels_with_contact",  # four flags, and a time, contrary to RocketSim's stub
    "boosting_time",
)
WHEELS = (1, 0, 3, 2)  # where RocketSim has our front left, front right, back left, back right
FIRST_WHEEL = 10

# columns of the fields among the numbers of `read_car`
CAR_STATE = {
    "has_jumped": (0,),
    "is_jumping": (1,),
    "has_double_jumped": (2,),
    "has_flipped": (3,),
    "is_flipping": (4,),
    "flip_time": (5,),
    "air_time": (6,),
    "air_time_since_jump": (7,),
    "supersonic": (8,),
    "handbrake": (9,),
    "wheels_in_contact": tuple(FIRST_WHEEL + wheel for wheel in WHEELS),
    "boosting": (14,),
    "jump_time": (15,),
    "flip_direction": range(16, 18),
    "surface_normal": range(18, 21),
}
SIZE = 21


def read_car(state: rs.CarState) -> tuple[float, ...]:
    """The numbers of `CAR_STATE`: times in seconds, and what RocketSim keeps after its end as 0."""
    *numbers, wheels, boosting_time = ALWAYS(state)
    jump_time = state.jump_time if state.is_jumping else 0.0
    if state.has_flipped:
        axis = state.flip_rel_torque  # that the flip turns about; it lies to the left of where it goes
        ahead, right = axis.y, -axis.x
    else:
        ahead = right = 0.0
    if state.has_world_contact:
        normal = state.world_contact_normal
        surface = (normal.x, normal.y, normal.z)
    else:
        surface = (0.0, 0.0, 0.0)
    return (*numbers, *wheels, boosting_time > 0, jump_time, ahead, right, *surface)


def car_numbers(states: list[rs.CarState]) -> array:
    """`[C * SIZE]` float32: the numbers of `read_car` for every car of an arena."""
    return array("f", [number for state in states for number in read_car(state)])
