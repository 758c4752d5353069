"""What tools/soak does for minutes, in sizes for seconds."""

import scenarios
from stage import Cases, Skip

case = CASES = Cases()

for name, scenario in scenarios.ALL.items():
    @case(f"{name}: {scenario.__doc__}", alone=True)
    def play(tools, name=name, scenario=scenario):
        tools.crowd = str(tools.build / "tests" / "soak_crowd")
        try:
            scenario(tools, **scenarios.SMALL[name])
        except FileNotFoundError as missing:
            raise Skip(f"{missing}") from None
