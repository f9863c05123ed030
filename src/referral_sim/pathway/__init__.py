"""Where a concern goes: the stages of a case, the case table and the services that move cases on."""
