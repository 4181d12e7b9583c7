"""A screenshot of the page of a run, the newest in a folder of logs, as in docs/images/dashboard.png.

python -m benchmarks.dashboard_page logs --png docs/images/dashboard.png

The pointer is on the chart of rewards. Needs Debian's chromium and chromium-driver.
"""

import argparse
from pathlib import Path

from selenium.webdriver import ActionChains

from benchmarks.tools.browser import chromium, has_chromium, wait_until
from jaxrl.dashboard.runs import Runs, find_runs
from jaxrl.dashboard.server import DashboardServer
from jaxrl.errors import UserError

WIDTH, HEIGHT = 1280, 1010  # pixels: down to the legend of the rewards
SHARE = 0.48  # of the run, where the pointer is
PATIENCE = 60.0  # seconds
CHART = "const chart = [...dashboard.charts.values()].find((chart) => chart.panel.key === 'Rewards: by term');"
DRAWN = f"{CHART} return document.body.dataset.read === 'all' && Boolean(chart && chart.plot)"
# On the page, where the share of the run is done: the middle of the uppermost area that is not thin.
PLACE = f"""
    {CHART}
    const plot = chart.plot, k = Math.round(arguments[0] * (plot.data[0].length - 1));
    const height = (edge) => edge.high[k] - edge.low[k];
    const least = 0.1 * Math.max(...chart.edges.map(height));
    const thick = chart.edges.filter((edge) => height(edge) > least);
    const edge = thick.reduce((top, edge) => (edge.low[k] > top.low[k] ? edge : top));
    const corner = plot.over.getBoundingClientRect();
    return [corner.left + plot.valToPos(plot.data[0][k], "x"),
            corner.top + plot.valToPos((edge.low[k] + edge.high[k]) / 2, "y")];
"""
TOLD = "return document.querySelector('.tip:not([hidden])') !== null"


def main() -> None:
    """Start server and browser, point at the rewards, and save what they show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--png", type=Path, required=True)
    arguments = parser.parse_args()
    if not has_chromium():
        parser.error("needs Debian's chromium and chromium-driver: apt-get install chromium chromium-driver")
    try:
        runs = Runs(find_runs([arguments.logs]))
    except UserError as error:
        parser.error(str(error))
    screen = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    with DashboardServer(0, runs) as server, chromium(WIDTH, HEIGHT) as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)  # the window is smaller by its frame
        browser.get(server.address)
        wait_until(lambda: browser.execute_script(DRAWN), PATIENCE)
        actions = ActionChains(browser)
        actions.w3c_actions.pointer_action.move_to_location(*map(round, browser.execute_script(PLACE, SHARE)))
        actions.perform()
        wait_until(lambda: browser.execute_script(TOLD), PATIENCE)
        browser.save_screenshot(str(arguments.png))
    print(f"screenshot: {arguments.png}")


if __name__ == "__main__":
    main()
