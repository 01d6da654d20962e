"""High availability: several Availability Zones, replicas, scaling, deletion protection."""
