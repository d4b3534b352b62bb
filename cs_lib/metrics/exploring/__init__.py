"""What is counted for whoever looks around in a desk: values by step, days and weeks, two metrics together."""
