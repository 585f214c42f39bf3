"""Reprojection error of points seen by cameras with radial distortion, summed over all observations.

Source: the objective of Srajer, Kukelova and Fitzgibbon (2018), A benchmark of selected algorithmic differentiation
tools, without weights; rotations by Rodrigues' formula.
"""

import numpy as np

from benchmarks.case import Case, same_text


def primal(cameras, points, camera_of, point_of, seen):
    """Row k of `seen` is where camera `camera_of[k]` sees point `point_of[k]`."""
    camera = cameras[camera_of]
    rotation, centre, focal, middle = camera[:, :3], camera[:, 3:6], camera[:, 6:7], camera[:, 7:9]
    from_centre = points[point_of] - centre
    angle = np.sqrt(np.sum(rotation**2, axis=1, keepdims=True))
    axis = rotation / angle
    along = np.sum(axis * from_centre, axis=1, keepdims=True)
    turned = (
        np.cos(angle) * from_centre
        + np.sin(angle) * np.cross(axis, from_centre)
        + (1 - np.cos(angle)) * along * axis
    )
    image = turned[:, :2] / turned[:, 2:]
    radius2 = np.sum(image**2, axis=1, keepdims=True)
    distortion = 1 + camera[:, 9:10] * radius2 + camera[:, 10:] * radius2**2
    error = focal * distortion * image + middle - seen
    return 0.5 * np.sum(error**2)


def inputs(size, rng):
    cameras, points, observations = {
        "small": (5, 40, 100),
        "medium": (20, 1000, 5000),
        "large": (50, 10_000, 100_000),
    }[size]
    return (
        np.concatenate(
            [
                rng.normal(size=(cameras, 3)) / 4,
                rng.normal(size=(cameras, 3)) / 4,
                1 + rng.random(size=(cameras, 1)),
                rng.normal(size=(cameras, 2)) / 10,
                rng.normal(size=(cameras, 2)) / 100,
            ],
            axis=1,
        ),
        rng.normal(size=(points, 3)) + np.array([0.0, 0.0, 9.0]),
        rng.integers(cameras, size=observations),
        rng.integers(points, size=observations),
        rng.normal(size=(observations, 2)) / 4,
    )


def by_hand(cameras, points, camera_of, point_of, seen):
    camera = cameras[camera_of]
    rotation, centre, focal, middle = camera[:, :3], camera[:, 3:6], camera[:, 6:7], camera[:, 7:9]
    first, second = camera[:, 9:10], camera[:, 10:]
    from_centre = points[point_of] - centre
    angle = np.sqrt(np.sum(rotation**2, axis=1, keepdims=True))
    cosine, sine = np.cos(angle), np.sin(angle)
    axis = rotation / angle
    along = np.sum(axis * from_centre, axis=1, keepdims=True)
    across = np.cross(axis, from_centre)
    turned = cosine * from_centre + sine * across + (1 - cosine) * along * axis
    depth = turned[:, 2:]
    image = turned[:, :2] / depth
    radius2 = np.sum(image**2, axis=1, keepdims=True)
    distortion = 1 + first * radius2 + second * radius2**2
    error = focal * distortion * image + middle - seen
    value = 0.5 * np.sum(error**2)

    projected = np.sum(error * image, axis=1, keepdims=True)
    distortion_bar = focal * projected
    image_bar = focal * distortion * error + 2 * distortion_bar * (first + 2 * second * radius2) * image
    turned_bar = np.empty_like(turned)
    turned_bar[:, :2] = image_bar / depth
    turned_bar[:, 2:] = -np.sum(image_bar * image, axis=1, keepdims=True) / depth

    along_bar = (1 - cosine) * np.sum(axis * turned_bar, axis=1, keepdims=True)
    across_bar = sine * turned_bar
    point_bar = cosine * turned_bar + np.cross(across_bar, axis) + along_bar * axis
    axis_bar = np.cross(from_centre, across_bar) + (1 - cosine) * along * turned_bar + along_bar * from_centre
    angle_bar = np.sum(
        turned_bar * (cosine * across - sine * (from_centre - along * axis)), axis=1, keepdims=True
    )
    camera_bar = np.empty_like(camera)
    camera_bar[:, :3] = (
        axis_bar + (angle_bar * angle - np.sum(axis_bar * axis, axis=1, keepdims=True)) * axis
    ) / angle
    camera_bar[:, 3:6] = -point_bar
    camera_bar[:, 6:7] = distortion * projected
    camera_bar[:, 7:9] = error
    camera_bar[:, 9:10] = distortion_bar * radius2
    camera_bar[:, 10:] = distortion_bar * radius2**2
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(cameras_bar, camera_of, camera_bar)
    np.add.at(points_bar, point_of, point_bar)
    return value, (cameras_bar, points_bar)


def in_torch():
    import torch

    def loss(cameras, points, camera_of, point_of, seen):
        camera = cameras[camera_of]
        rotation, centre, focal, middle = camera[:, :3], camera[:, 3:6], camera[:, 6:7], camera[:, 7:9]
        from_centre = points[point_of] - centre
        angle = torch.linalg.norm(rotation, dim=1, keepdim=True)
        axis = rotation / angle
        along = torch.sum(axis * from_centre, 1, keepdim=True)
        turned = torch.cos(angle) * from_centre + torch.sin(angle) * torch.linalg.cross(axis, from_centre)
        turned = turned + (1 - torch.cos(angle)) * along * axis
        image = turned[:, :2] / turned[:, 2:]
        radius2 = torch.sum(image**2, 1, keepdim=True)
        distortion = 1 + camera[:, 9:10] * radius2 + camera[:, 10:] * radius2**2
        return 0.5 * torch.sum((focal * distortion * image + middle - seen) ** 2)

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(cameras, points, camera_of, point_of, seen):
        camera = tf.gather(cameras, camera_of)
        rotation, centre, focal, middle = camera[:, :3], camera[:, 3:6], camera[:, 6:7], camera[:, 7:9]
        from_centre = tf.gather(points, point_of) - centre
        angle = tf.norm(rotation, axis=1, keepdims=True)
        axis = rotation / angle
        along = tf.reduce_sum(axis * from_centre, 1, keepdims=True)
        turned = tf.cos(angle) * from_centre + tf.sin(angle) * tf.linalg.cross(axis, from_centre)
        turned += (1 - tf.cos(angle)) * along * axis
        image = turned[:, :2] / turned[:, 2:]
        radius2 = tf.reduce_sum(image**2, 1, keepdims=True)
        distortion = 1 + camera[:, 9:10] * radius2 + camera[:, 10:] * radius2**2
        return 0.5 * tf.reduce_sum((focal * distortion * image + middle - seen) ** 2)

    return loss


CASE = Case(
    name="bundle_adjustment",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
