constexpr ProgramFn kPrograms[] = {nullptr};
