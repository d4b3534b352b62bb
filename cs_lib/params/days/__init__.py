"""Days and hours on which nobody works: public holidays, and when teams are open."""
