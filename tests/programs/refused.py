"""Programs that are refused today: each must raise an error, never give a wrong number. The aim is empty tables."""

REFUSED: dict[str, str] = {
    "signal.autocorrelation_and_levinson": "cannot tell whether 'error' is an array or a number here",
}
"""Name of the program to the reason: a TransformError before anything runs."""

STAGES_NOT_RUN = {
    **dict.fromkeys(
        (
            "functions.mutual_recursion_that_writes",
            "functions.recursion_that_sorts_in_place",
            "stencils.multigrid_v_cycle",
        ),
        "the functions called return what they write once all have been linked",
    ),
    "classes.method_chaining": "`.mean()` of what a method returns is written np.mean until its class is known",
}
"""Programs whose early stages are not yet what they mean, since only types tell."""

CRASHES: dict[str, str] = {}
"""Programs whose adjoint raises an error of its own when it runs, which should be a TransformError."""

REFUSED_AT_SECOND_ORDER: dict[str, str] = {
    "arrays.repeat_and_tile": "cannot tell whether 'x_bar' is an array or a number here",
    "containers.list_argument_written": "cannot differentiate again a function that writes into a list",
    "control_flow.missing_key_of_an_argument": "cannot differentiate again a function that writes into a list",
    "finance.barrier_option": "here np.float64(52.31455099980961) is read where an array that is written",
    "functions.one_generator_inside_another": "cannot tell whether 'total_bar_2' is an array or a number here",
    "container_arguments.swap_buffers_in_list": "cannot differentiate again a function that writes into a list",
    "container_arguments.index_from_data": "cannot follow the arrays in 'new_bar_3' into another container",
    "container_arguments.list_in_tuple": "the list inside is no longer known to hold numbers",
    "control_flow.fallback_after_an_exception": "cannot tell whether 'a_bar_5' is an array or a number here",
    "functions.mutual_recursion_that_writes": "cannot differentiate the recursive function added_second_fwd",
    "functions.recursion_that_sorts_in_place": "cannot differentiate the recursive function quicksort_2_fwd",
    "stencils.multigrid_v_cycle": "cannot differentiate the recursive function cycle_1_fwd",
    "functions.recursion_over_a_tree": "cannot differentiate the recursive function tree_value_3_adj",
    "builtins.min_and_max_with_default": "here 0.0 is read where an array that is written in place mig",
    "functions.branches_on_types": "cannot follow the arrays in 'how_bar_4' into another cont",
    "containers.stack_as_a_list": "cannot follow the arrays in 'stack_bar'",
    "physics.thin_film_reflectance": "cannot follow the arrays in 'matrix_bar_7' into another cont",
    "physics.verlet_in_place": "cannot follow the arrays in 'pull_stack_stack_4'",
}
"""Programs whose gradient works but whose gradient's gradient is refused, or whose differences cross a branch."""
