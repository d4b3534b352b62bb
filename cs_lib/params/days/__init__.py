"""Days of settings: the day up to which data count, periods that move, public holidays, when teams are open."""
