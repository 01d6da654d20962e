"""Operations: upgrades, tags, lifecycle, supported versions."""
