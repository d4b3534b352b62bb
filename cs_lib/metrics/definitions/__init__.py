"""What each metric counts, by subject; `EVERY_DAY` are those by day, in the order in which they are listed."""

from cs_lib.metrics.definitions.bots import BY_BOTS
from cs_lib.metrics.definitions.contacts import BY_DAY
from cs_lib.metrics.definitions.deliveries import BY_DELIVERY
from cs_lib.metrics.definitions.effort import EFFORT
from cs_lib.metrics.definitions.loyalty import LOYALTY
from cs_lib.metrics.definitions.orders import OF_ORDERS
from cs_lib.metrics.definitions.solved import STAYING_SOLVED

EVERY_DAY = (
    *BY_DAY,
    *EFFORT,
    *BY_BOTS,
    *BY_DELIVERY,
    *OF_ORDERS,
    *STAYING_SOLVED,
    *LOYALTY,
)
