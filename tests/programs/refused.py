"""Programs that are refused today: each must raise an error, never give a wrong number. The aim is empty tables."""

REFUSED: dict[str, str] = {
    "builtins.generator_function": "cannot differentiate a generator function",
    "classes.array_attribute_in_place": "cannot tell whether 'values' is an array or a number here",
    "classes.attribute_accumulation": "cannot differentiate total.count",
    "classes.callable_objects": "cannot differentiate net_3.w",
    "classes.class_and_static_methods": "cannot differentiate value.total",
    "classes.frozen_dataclass_inside": "cannot differentiate moved.momentum",
    "classes.method_chaining": "cannot tell whether the result of value.add shares memory wi",
    "classes.method_of_an_argument": "cannot differentiate scaler.factor",
    "classes.operators_of_own_class": "cannot differentiate w.b",
    "classes.optimiser_object": "cannot differentiate the list method update",
    "classes.polymorphic_list": "cannot tell whether 'total' is an array or a number here",
    "classes.quaternion_rotation": "cannot tell the attribute 'conjugate' of a Quaternion from t",
    "classes.simulation_object": "cannot differentiate system.energy",
<<<<<<< HEAD
    "containers.dict_comprehension": "no derivative rule for list",
    "containers.list_argument_written": "cannot tell whether arrays[1] is an array or a number here",
    "control_flow.try_except": "cannot differentiate `try`",
    "control_flow.try_without_error": "cannot differentiate `try`",
    "functions.map_and_reduce": "no derivative rule for list",
=======
    "closures.closure_with_state": "no derivative rule for advance_value",
    "closures.composition": "no derivative rule for run_value",
    "closures.currying": "no derivative rule for function_2",
    "closures.late_binding": "cannot differentiate a function that captures `k`, which is ",
    "closures.list_of_closures": "cannot differentiate the default argument of the inner funct",
    "closures.nonlocal_counter": "cannot differentiate a `nonlocal` statement",
    "closures.trapezoid_of_closure": "no derivative rule for result_1",
    "containers.list_argument_written": "cannot tell whether arrays[1] is an array or a number here",
    "control_flow.try_except": "cannot differentiate `try`",
    "control_flow.try_without_error": "cannot differentiate `try`",
    "functions.function_as_argument": "no derivative rule for result_5",
    "functions.function_as_result": "no derivative rule for polynomial_value_1",
    "functions.partial_application": "no derivative rule for g",
    "functions.star_arguments": "star_arguments_fwd uses options, which is bound nowhere",
    "functions.table_of_functions": "no derivative rule for function_1",
>>>>>>> 9ba94f6 (frontend: sorted, extrema with key, iterators in variables and itertools become loops)
    "linear_algebra.nuclear_norm": "np.linalg.svd has no rule for full_matrices=True, compute_uv",
    "signal.autocorrelation_and_levinson": "cannot tell whether 'error' is an array or a number here",
    "stencils.multigrid_v_cycle": "cannot differentiate the recursive function cycle",
}
"""Name of the program to the reason: a TransformError before anything runs."""

CRASHES: dict[str, str] = {
    "containers.dict_argument_written": "cannot add a cotangent in place to float",
    "functions.recursion_over_a_tree": "cannot add a cotangent in place to float",
}
"""Programs whose adjoint raises an error of its own when it runs, which should be a TransformError."""

REFUSED_AT_SECOND_ORDER: dict[str, str] = {
    "functions.branches_on_types": "cannot follow the arrays in 'how_bar_4' into another cont",
    "containers.stack_as_a_list": "cannot follow the arrays in 'stack_bar'",
    "filters.holt_winters": "here np.float64(-0.9702819150409925) is read where an array ",
    "filters.rts_smoother": "cannot follow the arrays in 'smooth_bar_1'",
    "npbench_apps.nbody": "the call does not fit the function: missing a required argum",
    "ode.bogacki_shampine": "cannot follow the arrays in 'y_bar_29' into another containe",
    "physics.thin_film_reflectance": "cannot follow the arrays in 'matrix_bar_7' into another cont",
    "physics.verlet_in_place": "cannot follow the arrays in 'pull_stack_stack_4'",
    "stencils.heat_2d_functional": "cannot tell whether the result of unbroadcast shares memory ",
}
"""Programs whose gradient works but whose gradient's gradient is refused, or whose differences cross a branch."""
