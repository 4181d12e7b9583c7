"""What the recipes differ in is what they are compared for, and nothing else."""

import pytest

from benchmarks.speed.recipes import RECIPES, STEPS_PER_UPDATE
from jaxrl.config.compare import differences
from jaxrl.config.load import load_config


def load(name):
    return load_config(name)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_what_the_table_says(name):
    """The columns of the comparison table against the values of the config."""
    config = load(name)
    many, normalisation, schedule, parts, compiled = RECIPES[name]
    yes = {True: "yes", False: "no"}
    assert yes[config.environment.num_envs == 8] == many
    assert yes[config.normalization.observations and config.normalization.returns] == normalisation
    assert yes[config.training.learning_rate != config.training.final_lr] == schedule
    assert yes[config.logging.reward_breakdown] == parts
    assert yes[not config.environment.one_by_one] == compiled
    assert config.batch.env_steps == STEPS_PER_UPDATE
    assert config.batch.minibatch_size == load("final").batch.minibatch_size


def test_final_differs_from_parallel_optimized_in_three_things():
    """Both statistics and the schedule: everything else that could explain a difference in speed is the same."""
    one, other = load("parallel_optimized").model_dump(), load("final").model_dump()
    changed = {
        f"{section}.{key}" for section in one for key in one[section] if one[section][key] != other[section][key]
    }
    assert changed == {"training.final_lr", "normalization.observations", "normalization.returns"}


def test_low_memory_is_half_of_final():
    """The promised 2048 = 4 x 512, with minibatches of the same size."""
    config = load("low_memory")
    assert (config.training.batch_size, config.environment.num_envs, config.training.n_steps) == (2048, 4, 512)
    assert config.batch.minibatch_size == load("final").batch.minibatch_size
    assert differences(config, load("final"), ("network.actor", "training.learning_rate")) == []


@pytest.mark.parametrize(
    "overrides",
    [
        ["training.batch_size=2048", "training.n_steps=256"],
        ["environment.num_envs=12", "training.n_steps=341", "training.batch_size=4092"],
        ["training.n_epochs=2"],
        ["training.batch_size=8192", "training.n_steps=1024"],
        ["training.learning_rate=1e-3", "training.final_lr=1e-4"],
        ["training.ent_coef=0.02", "training.final_ent_coef=0.002"],
    ],
)
def test_tuning_rows_of_the_mission(overrides):
    """Every tuning row is keys only."""
    load_config("configs/final.yaml", overrides)
