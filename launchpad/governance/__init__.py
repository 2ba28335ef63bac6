"""BMX holders steer: proposals, votes, delegation, and results that anybody can recount."""
