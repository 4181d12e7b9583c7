"""What the trainer's code would have seen and done in a recorded match: the exported bot has to do the same."""

from jaxrl.game.actions import ACTION_TABLE, CONTROLS, NEUTRAL_ACTION
from jaxrl.game.layout import LAYOUT


def previous_action(place):
    """The column of a car's previous action."""
    return LAYOUT.arena_size + LAYOUT.car_size * place + LAYOUT.column("previous_action")


def pressed(controls):
    """`[8]` of what a bot answered, in the order of the action table."""
    return [float(getattr(controls, name)) for name in CONTROLS]


def places(order, team_size):
    """Cars of the recording, blue first, in the order in which RLBot's players name those of a team.

    Nothing else could be asked for: a car's number in its team means nothing in training, where every number starts
    from every place, but it must stay the same for a whole match, and it must be the car's own.
    """
    return [c for c in order if c < team_size] + [c for c in order if c >= team_size]


def rearranged(row, cars):
    """The same state with the cars in another order."""
    result = row.copy()
    LAYOUT.cars(result)[:] = LAYOUT.cars(row)[cars]
    return result


def as_trained(policy, moments, cars, place):
    """(observation `[D]` where it decides, or None; controls `[8]`) of every moment, for the car at a place of `cars`.

    For bots that were trained with the game's own delay of one tick: what is decided is answered at once.
    """
    held = NEUTRAL_ACTION
    for moment in moments:
        seen = None
        if not moment.played:
            held = NEUTRAL_ACTION
        elif moment.row is not None:
            row = rearranged(moment.row, cars)
            # the bot drives this car: its previous action is its own, whoever drove it in the recording
            row[previous_action(place)] = held
            seen, held = policy.observe(row)[place], int(policy.act(row)[place])
        yield seen, ACTION_TABLE[held]
