"""What the network gets to see: the standard observation, and what the config adds to it."""

from dataclasses import dataclass

from jaxrl.game.observation.car_frame import car_frame, car_frame_size
from jaxrl.game.observation.mirror import ball_on_left, car_frame_signs, mirror_actions, mirror_observation
from jaxrl.game.observation.standard import observation_size, observe
from jaxrl.game.state import Array, namespace


@dataclass(frozen=True)
class View:
    """The way from states to observations, and between actions in the world and those of the network."""

    car_frame: bool = False  # adds what a car sees in its own frame
    mirror: bool = False  # every car sees the ball on its right

    def size(self, num_cars: int) -> int:
        """D, numbers in an observation."""
        return observation_size(num_cars) + self.car_frame * car_frame_size(num_cars)

    def observe(self, rows: Array) -> Array:
        """Raw states `[..., F]` to the observations of all cars `[..., C, D]`, float32."""
        xp, obs = namespace(rows), observe(rows)
        num_cars = obs.shape[-2]
        on_left = ball_on_left(rows)[..., None] if self.mirror else None
        if self.mirror:
            obs = xp.where(on_left, mirror_observation(obs, num_cars), obs)
        if self.car_frame:
            seen = car_frame(rows)
            if self.mirror:
                seen = xp.where(on_left, seen * xp.asarray(car_frame_signs(num_cars)), seen)
            obs = xp.concatenate([obs, seen], axis=-1)
        return obs

    def to_world(self, rows: Array, actions: Array) -> Array:
        """Actions `[..., C]` int32 as the network chooses them in states `[..., F]`, as they are in the world.

        An involution: the same function takes actions in the world to those that the network would have chosen.
        """
        return mirror_actions(rows, actions) if self.mirror else actions


STANDARD = View()
