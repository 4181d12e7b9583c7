"""Figures that say how bots play, whatever they are rewarded for: for TensorBoard, matches and the stages of a run."""

from jaxrl.game.figures.figure import Figure
from jaxrl.game.figures.statistics import STATISTICS, statistics
from jaxrl.game.figures.sums import Sums, add, measure, values
from jaxrl.game.figures.table import FIGURES

__all__ = ["FIGURES", "STATISTICS", "Figure", "Sums", "add", "measure", "statistics", "values"]
