(** * The evaluator of formulas

    Floating balls, the values of expressions in them, and decisions about formulas, each with
    the theorem that says what it proves. *)

From Coq Require Import ZArith QArith Qreals Reals Lra Lia Bool.
From Coquelicot Require Import Rcomplements.
From Edgecert Require Import Model Identities Sharpness Integers Ball Iteration Rational Formula.
Open Scope R_scope.

Module Formulas (Int : INTEGERS).

Module Export I := Iteration Int.

(** ** Floating balls

    A ball with a scale of its own, so that tiny numbers keep their digits. *)

Record floating := Floating { digits : ball; place : Int.t }.

Definition near (x : floating) (v : R) := contains (Int.to_Z (place x)) (digits x) v.

Section Arithmetic.

(** Bits of the numbers. *)
Variable wanted : Int.t.

(** Drops the digits that are more than wanted. *)
Definition trim (x : ball) (k : Int.t) : floating :=
  let n := Int.sub (Int.log2 (magnitude x)) wanted in
  if Int.leb one n then Floating (shift_right n x) (Int.sub k n) else Floating x k.

Definition is_zero (x : ball) : bool := Int.leb (magnitude x) zero.

Definition zero_ball : ball := Ball zero zero.

(** Two numbers at the coarser one of their scales; an exact 0 has any scale. *)
Definition align (x y : floating) : ball * ball * Int.t :=
  if is_zero (digits x) then (zero_ball, digits y, place y)
  else if is_zero (digits y) then (digits x, zero_ball, place x)
  else
    let n := Int.sub (place x) (place y) in
    if Int.leb zero n then (shift_right n (digits x), digits y, place y)
    else (digits x, shift_right (Int.opp n) (digits y), place x).

Definition f_add (x y : floating) : floating :=
  let '(u, v, k) := align x y in Floating (add u v) k.

Definition f_sub (x y : floating) : floating :=
  let '(u, v, k) := align x y in Floating (sub u v) k.

Definition product (x y : ball) : ball :=
  Ball (Int.mul (centre x) (centre y))
       (Int.add (Int.mul (magnitude x) (radius y)) (Int.mul (Int.abs (centre y)) (radius x))).

Definition f_mul (x y : floating) : floating :=
  trim (product (digits x) (digits y)) (Int.add (place x) (place y)).

Definition f_abs (x : floating) : floating :=
  Floating (Ball (Int.abs (centre (digits x))) (radius (digits x))) (place x).

(** 1/v, if v is certainly not 0. *)
Definition f_inverse (x : floating) : option floating :=
  let c := centre (digits x) in
  let r := radius (digits x) in
  let m := Int.abs c in
  if Int.leb one (Int.sub m r) then
    let k := Int.abs (Int.add (Int.log2 m) wanted) in
    let n := Int.shiftl one k in
    let q := Int.div n m in
    let error := Int.add (Int.div (Int.mul r n) (Int.mul m (Int.sub m r))) two in
    Some (Floating (Ball (if Int.leb zero c then q else Int.opp q) error) (Int.sub k (place x)))
  else None.

(** The square root, if v is certainly not negative. *)
Definition f_sqrt (x : floating) : option floating :=
  let c := centre (digits x) in
  let j := Int.abs (Int.sub (Int.add wanted wanted) (Int.log2 c)) in
  let even := Int.shiftl (Int.shiftr (Int.add (Int.add (place x) j) one) one) one in
  let j := Int.sub even (place x) in
  let half := Int.shiftr even one in
  let t := Int.sqrt (Int.shiftl c j) in
  if Int.leb zero (lower (digits x)) && Int.leb zero j && Int.leb one t
     && Int.leb (Int.add half half) even && Int.leb even (Int.add half half) then
    let error := Int.add (Int.div (Int.shiftl (radius (digits x)) j) t) two in
    Some (Floating (Ball t error) half)
  else None.

Fixpoint f_power (x : floating) (n : nat) : floating :=
  match n with
  | O => Floating (Ball one zero) zero
  | S O => x
  | S n => f_mul x (f_power x n)
  end.

Definition f_le (x y : floating) : option bool :=
  let '(u, v, _) := align x y in
  if Int.leb (upper u) (lower v) then Some true
  else if Int.leb (Int.add (upper v) one) (lower u) then Some false
  else None.

Definition f_lt (x y : floating) : option bool := option_map negb (f_le y x).

Definition f_min (x y : floating) : option floating :=
  match f_le x y with Some true => Some x | Some false => Some y | None => None end.

Definition f_max (x y : floating) : option floating :=
  match f_le x y with Some true => Some y | Some false => Some x | None => None end.

(** *** Soundness *)

Lemma trim_ok x k v : contains (Int.to_Z k) x v -> near (trim x k) v.
Proof.
  intros H. unfold trim, near. destruct (Int.leb one _) eqn:E; [|exact H]. simpl.
  rewrite Int.leb_spec in E. unfold one in E. rewrite Int.of_Z_spec in E.
  apply shift_right_ok with (j := Int.to_Z k); [lia|apply Int.sub_spec|exact H].
Qed.

Lemma is_zero_ok k x v : contains k x v -> is_zero x = true -> v = 0.
Proof.
  intros H E. apply real_leb in E. rewrite real_zero in E. apply le_magnitude in H.
  pose proof (Rabs_pos (v * pow2 k)) as Hp. pose proof (pow2_pos k).
  assert (E0 : Rabs (v * pow2 k) = 0) by lra.
  destruct (Rmult_integral v (pow2 k)) as [Hv|Hk]; [|exact Hv|lra].
  destruct (Req_dec (v * pow2 k) 0) as [Hz|Hz]; [exact Hz|]. now apply Rabs_no_R0 in Hz.
Qed.

Lemma zero_ball_ok k : contains k zero_ball 0.
Proof. apply contains_between. simpl. rewrite real_zero. lra. Qed.

Lemma align_ok x y v w :
  near x v -> near y w ->
  let '(a, b, k) := align x y in contains (Int.to_Z k) a v /\ contains (Int.to_Z k) b w.
Proof.
  intros Hx Hy. unfold align, near in *. destruct (is_zero (digits x)) eqn:Ex.
  { rewrite (is_zero_ok _ _ _ Hx Ex). split; [apply zero_ball_ok|exact Hy]. }
  destruct (is_zero (digits y)) eqn:Ey.
  { rewrite (is_zero_ok _ _ _ Hy Ey). split; [exact Hx|apply zero_ball_ok]. }
  destruct (Int.leb zero _) eqn:E; rewrite Int.leb_spec in E; unfold zero in E;
    rewrite Int.of_Z_spec, Int.sub_spec in E.
  - split; [|exact Hy]. apply shift_right_ok with (3 := Hx); rewrite Int.sub_spec; lia.
  - split; [exact Hx|].
    apply shift_right_ok with (3 := Hy); rewrite Int.opp_spec, Int.sub_spec; lia.
Qed.

Lemma f_add_ok x y v w : near x v -> near y w -> near (f_add x y) (v + w).
Proof.
  intros Hx Hy. pose proof (align_ok _ _ _ _ Hx Hy) as H. unfold f_add, near.
  destruct (align x y) as [[a b] k]. now apply add_ok.
Qed.

Lemma f_sub_ok x y v w : near x v -> near y w -> near (f_sub x y) (v - w).
Proof.
  intros Hx Hy. pose proof (align_ok _ _ _ _ Hx Hy) as H. unfold f_sub, near.
  destruct (align x y) as [[a b] k]. now apply sub_ok.
Qed.

Lemma f_mul_ok x y v w : near x v -> near y w -> near (f_mul x y) (v * w).
Proof.
  intros Hx Hy. apply trim_ok. rewrite Int.add_spec. unfold near, contains in *.
  simpl. rewrite real_add, !real_mul, real_abs.
  assert (Em : real (magnitude (digits x)) = Rabs (real (centre (digits x))) + real (radius (digits x)))
    by (unfold magnitude; now rewrite real_add, real_abs).
  rewrite Em, pow2_add.
  replace (v * w * (pow2 (Int.to_Z (place x)) * pow2 (Int.to_Z (place y))))
    with (v * pow2 (Int.to_Z (place x)) * (w * pow2 (Int.to_Z (place y)))) by ring.
  now apply product_error.
Qed.

Lemma f_abs_ok x v : near x v -> near (f_abs x) (Rabs v).
Proof.
  unfold near, contains, f_abs; simpl. intros H. rewrite real_abs.
  pose proof (pow2_pos (Int.to_Z (place x))) as Hp.
  replace (Rabs v * pow2 (Int.to_Z (place x))) with (Rabs (v * pow2 (Int.to_Z (place x))))
    by (rewrite Rabs_mult, (Rabs_pos_eq (pow2 _)) by lra; reflexivity).
  apply Rle_trans with (2 := H). apply Rabs_triang_inv2.
Qed.

Lemma real_shift_one k : (0 <= Int.to_Z k)%Z -> real (Int.shiftl one k) = pow2 (Int.to_Z k).
Proof. intros H. rewrite real_shiftl, real_one by exact H. ring. Qed.

Lemma f_inverse_ok x y v : near x v -> f_inverse x = Some y -> v <> 0 /\ near y (/ v).
Proof.
  unfold near, f_inverse. intros H E.
  set (c := centre (digits x)) in *. set (r := radius (digits x)) in *.
  set (s := Int.to_Z (place x)) in *.
  destruct (Int.leb one _) eqn:E1; [|discriminate].
  set (k := Int.abs _) in E. injection E as <-. simpl. rewrite Int.sub_spec. fold s.
  assert (Hk : (0 <= Int.to_Z k)%Z) by (unfold k; rewrite Int.abs_spec; lia).
  apply real_leb in E1. rewrite real_one, real_sub, real_abs in E1.
  pose proof (radius_nonneg _ _ _ H) as Hr. fold r in Hr.
  unfold contains in H. fold c r in H.
  set (Y := v * pow2 s) in *. set (m := Rabs (real c)) in *.
  pose proof (pow2_pos s) as Hs. pose proof (pow2_pos (Int.to_Z k)) as Hn.
  assert (HY : m - real r <= Rabs Y).
  { unfold m. pose proof (Rabs_triang_inv (real c) Y) as Ht. rewrite Rabs_minus_sym in Ht. lra. }
  assert (HY0 : Y <> 0).
  { intros E0. rewrite E0, Rabs_R0 in HY. lra. }
  assert (Hv : v <> 0).
  { intros E0. apply HY0. unfold Y. rewrite E0. ring. }
  split; [exact Hv|].
  assert (Hc0 : real c <> 0).
  { intros E0. unfold m in E1. rewrite E0, Rabs_R0 in E1. lra. }
  assert (Hm : 0 < m) by (unfold m; now apply Rabs_pos_lt).
  unfold contains. simpl.
  replace (/ v * pow2 (Int.to_Z k - s)) with (pow2 (Int.to_Z k) / Y).
  2: { unfold Y, Z.sub. rewrite pow2_add. pose proof (pow2_opp s) as Ho.
       apply Rmult_eq_reg_r with (v * pow2 s); [|now apply Rmult_integral_contrapositive; split; lra].
       field_simplify; [|exact Hv|split; [lra|exact Hv]].
       rewrite <- (Rmult_1_r (pow2 (Int.to_Z k))) at 1. rewrite <- Ho. ring. }
  set (n := Int.shiftl one k). assert (En : real n = pow2 (Int.to_Z k)) by now apply real_shift_one.
  rewrite <- En in *. clearbody n.
  assert (Hq : Rabs (real n / real c
                     - real (if Int.leb zero c then Int.div n (Int.abs c)
                             else Int.opp (Int.div n (Int.abs c)))) <= 1).
  { pose proof (real_div n (Int.abs c)) as Hd. rewrite real_abs in Hd. fold m in Hd.
    specialize (Hd Hm). destruct (Int.leb zero c) eqn:Ec.
    - apply real_leb in Ec. rewrite real_zero in Ec.
      replace (real c) with m by (unfold m; apply Rabs_pos_eq; lra). apply Rabs_le. lra.
    - rewrite Int.leb_spec in Ec. apply Z.leb_gt in Ec. apply IZR_lt in Ec.
      unfold zero in Ec. rewrite Int.of_Z_spec in Ec. fold (real c) in Ec.
      replace (real c) with (- m) by (unfold m; rewrite Rabs_left; lra).
      rewrite real_opp. replace (real n / - m) with (- (real n / m)) by (field; lra).
      apply Rabs_le. lra. }
  assert (Hdiff : Rabs (real n / Y - real n / real c) <= real r * real n / (m * (m - real r))).
  { replace (real n / Y - real n / real c) with (real n * (real c - Y) / (Y * real c))
      by (field; split; assumption).
    unfold Rdiv. rewrite Rabs_mult, Rabs_mult, Rabs_inv, Rabs_mult, (Rabs_pos_eq (real n)) by lra.
    fold m. rewrite Rabs_minus_sym, (Rmult_comm (real r)).
    apply Rmult_le_compat.
    - apply Rmult_le_pos; [lra|apply Rabs_pos].
    - apply Rlt_le, Rinv_0_lt_compat. apply Rmult_lt_0_compat; [now apply Rabs_pos_lt|exact Hm].
    - apply Rmult_le_compat_l; [lra|exact H].
    - apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra|].
      rewrite Rmult_comm. apply Rmult_le_compat_r; lra. }
  rewrite real_add, real_two.
  pose proof (real_div (Int.mul r n) (Int.mul (Int.abs c) (Int.sub (Int.abs c) r))) as Hd.
  rewrite !real_mul, real_sub, real_abs in Hd. fold m in Hd.
  specialize (Hd ltac:(apply Rmult_lt_0_compat; lra)).
  match goal with |- Rabs (?u - ?w) <= _ =>
    replace (u - w) with ((u - real n / real c) + (real n / real c - w)) by ring end.
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma sqrt_difference u w : 0 <= u -> 0 < w -> Rabs (sqrt u - sqrt w) <= Rabs (u - w) / sqrt w.
Proof.
  intros Hu Hw. pose proof (sqrt_pos u) as Su. pose proof (sqrt_lt_R0 w Hw) as Sw.
  apply Rmult_le_reg_r with (sqrt w); [exact Sw|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  replace (u - w) with ((sqrt u - sqrt w) * (sqrt u + sqrt w)).
  - rewrite Rabs_mult, (Rabs_pos_eq (sqrt u + sqrt w)) by lra.
    apply Rmult_le_compat_l; [apply Rabs_pos|lra].
  - replace ((sqrt u - sqrt w) * (sqrt u + sqrt w)) with (sqrt u * sqrt u - sqrt w * sqrt w) by ring.
    now rewrite !sqrt_sqrt by lra.
Qed.

Lemma real_sqrt x :
  0 <= real x -> real (Int.sqrt x) <= sqrt (real x) < real (Int.sqrt x) + 1.
Proof.
  unfold real. intros Hx. rewrite Int.sqrt_spec. apply le_IZR in Hx.
  pose proof (Z.sqrt_spec _ Hx) as [H1 H2]. pose proof (Z.sqrt_nonneg (Int.to_Z x)) as H0.
  apply IZR_le in H1. apply IZR_lt in H2. apply IZR_le in H0, Hx.
  rewrite mult_IZR in H1, H2. rewrite succ_IZR in H2. set (t := IZR (Z.sqrt (Int.to_Z x))) in *.
  split.
  - rewrite <- (sqrt_square t) by exact H0. now apply sqrt_le_1_alt.
  - rewrite <- (sqrt_square (t + 1)) by lra. apply sqrt_lt_1_alt. lra.
Qed.

Lemma f_sqrt_ok x y v : near x v -> f_sqrt x = Some y -> 0 <= v /\ near y (sqrt v).
Proof.
  unfold near, f_sqrt. intros H E.
  set (c := centre (digits x)) in *. set (s := place x) in *.
  set (even := Int.shiftl _ one) in E. set (j := Int.sub even s) in E.
  set (half := Int.shiftr even one) in E. set (t := Int.sqrt _) in E.
  match type of E with (if ?b then _ else _) = _ => destruct b eqn:E1; [|discriminate] end.
  injection E as <-. simpl. repeat rewrite andb_true_iff in E1.
  destruct E1 as [[[[E1 E2] E3] E4] E5].
  rewrite Int.leb_spec in E2, E4, E5. apply Z.leb_le in E2, E4, E5.
  unfold zero in E2. rewrite Int.of_Z_spec in E2. rewrite Int.add_spec in E4, E5.
  apply real_leb in E1, E3. rewrite real_zero in E1. rewrite real_one in E3.
  assert (Ej : Int.to_Z j = (Int.to_Z half + Int.to_Z half - Int.to_Z s)%Z)
    by (unfold j; rewrite Int.sub_spec; lia).
  pose proof (radius_nonneg _ _ _ H) as Hr. pose proof (lower_le _ _ _ H) as Hl.
  pose proof (pow2_pos (Int.to_Z s)) as Hs. pose proof (pow2_pos (Int.to_Z half)) as Hh.
  pose proof (pow2_pos (Int.to_Z j)) as Hj.
  assert (Hv : 0 <= v).
  { apply Rmult_le_reg_r with (pow2 (Int.to_Z s)); [exact Hs|]. lra. }
  split; [exact Hv|].
  unfold lower in E1. rewrite real_sub in E1. fold c in E1.
  unfold contains in H. fold c in H. set (r := radius (digits x)) in *.
  assert (EY : sqrt v * pow2 (Int.to_Z half)
               = sqrt (v * pow2 (Int.to_Z s) * pow2 (Int.to_Z j))).
  { rewrite Rmult_assoc, <- pow2_add, Ej.
    replace (Int.to_Z s + (Int.to_Z half + Int.to_Z half - Int.to_Z s))%Z
      with (Int.to_Z half + Int.to_Z half)%Z by lia.
    rewrite pow2_add, sqrt_mult, sqrt_square by nra. reflexivity. }
  unfold contains. simpl. rewrite EY.
  set (w := real c * pow2 (Int.to_Z j)).
  assert (Ew : real (Int.shiftl c j) = w) by now apply real_shiftl.
  assert (Hw0 : 0 <= w) by (apply Rmult_le_pos; lra).
  pose proof (real_sqrt (Int.shiftl c j)) as Ht. rewrite Ew in Ht. specialize (Ht Hw0).
  fold t in Ht.
  assert (Hw : 0 < w).
  { destruct Hw0 as [Hw0|Hw0]; [exact Hw0|]. rewrite <- Hw0, sqrt_0 in Ht. lra. }
  pose proof (sqrt_difference (v * pow2 (Int.to_Z s) * pow2 (Int.to_Z j)) w
                ltac:(apply Rmult_le_pos; [apply Rmult_le_pos|]; lra) Hw) as Hd.
  assert (Hn : Rabs (v * pow2 (Int.to_Z s) * pow2 (Int.to_Z j) - w)
               <= real r * pow2 (Int.to_Z j)).
  { unfold w. rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq (pow2 _)) by lra.
    apply Rmult_le_compat_r; [lra|exact H]. }
  pose proof (real_div (Int.shiftl r j) t ltac:(lra)) as Hq.
  rewrite real_shiftl in Hq by exact E2.
  assert (Hd2 : Rabs (v * pow2 (Int.to_Z s) * pow2 (Int.to_Z j) - w) / sqrt w
                <= real r * pow2 (Int.to_Z j) / real t).
  { unfold Rdiv. apply Rmult_le_compat; [apply Rabs_pos| |exact Hn|].
    - apply Rlt_le, Rinv_0_lt_compat. lra.
    - apply Rinv_le_contravar; lra. }
  rewrite real_add, real_two.
  match goal with |- Rabs (?u - ?z) <= _ =>
    replace (u - z) with ((u - sqrt w) + (sqrt w - z)) by ring end.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (Rabs (sqrt w - real t) <= 1) by (apply Rabs_le; lra). lra.
Qed.

Lemma f_power_ok x v n : near x v -> near (f_power x n) (v ^ n).
Proof.
  intros H. induction n as [|[|n] IH].
  - assert (E : Int.to_Z zero = 0%Z) by apply Int.of_Z_spec.
    unfold near; simpl. rewrite E. apply contains_between; simpl.
    rewrite real_one, real_zero. unfold pow2; simpl. lra.
  - simpl pow. rewrite Rmult_1_r. exact H.
  - change (near (f_mul x (f_power x (S n))) (v * v ^ S n)). now apply f_mul_ok.
Qed.

Lemma f_le_ok x y v w b :
  near x v -> near y w -> f_le x y = Some b -> if b then v <= w else w < v.
Proof.
  intros Hx Hy E. pose proof (align_ok _ _ _ _ Hx Hy) as H. unfold f_le in E.
  destruct (align x y) as [[c d] k]. destruct H as [Hc Hd]. pose proof (pow2_pos (Int.to_Z k)).
  destruct (Int.leb (upper c) (lower d)) eqn:E1.
  - injection E as <-. apply real_leb in E1.
    pose proof (le_upper _ _ _ Hc). pose proof (lower_le _ _ _ Hd).
    apply Rmult_le_reg_r with (pow2 (Int.to_Z k)); lra.
  - destruct (Int.leb (Int.add (upper d) one) (lower c)) eqn:E2; [|discriminate].
    injection E as <-. apply real_leb in E2. rewrite real_add, real_one in E2.
    pose proof (le_upper _ _ _ Hd). pose proof (lower_le _ _ _ Hc).
    apply Rmult_lt_reg_r with (pow2 (Int.to_Z k)); lra.
Qed.

Lemma f_lt_ok x y v w b :
  near x v -> near y w -> f_lt x y = Some b -> if b then v < w else w <= v.
Proof.
  intros Hx Hy E. unfold f_lt in E. destruct (f_le y x) as [c|] eqn:Ec; [|discriminate].
  injection E as <-. pose proof (f_le_ok y x w v c Hy Hx Ec) as H. now destruct c.
Qed.

Lemma f_min_ok x y z v w : near x v -> near y w -> f_min x y = Some z -> near z (Rmin v w).
Proof.
  intros Hx Hy E. unfold f_min in E. destruct (f_le x y) as [b|] eqn:Eb; [|discriminate].
  pose proof (f_le_ok x y v w b Hx Hy Eb) as H. destruct b; injection E as <-.
  - now rewrite Rmin_left.
  - rewrite Rmin_right by lra. exact Hy.
Qed.

Lemma f_max_ok x y z v w : near x v -> near y w -> f_max x y = Some z -> near z (Rmax v w).
Proof.
  intros Hx Hy E. unfold f_max in E. destruct (f_le x y) as [b|] eqn:Eb; [|discriminate].
  pose proof (f_le_ok x y v w b Hx Hy Eb) as H. destruct b; injection E as <-.
  - now rewrite Rmax_right.
  - rewrite Rmax_left by lra. exact Hx.
Qed.

End Arithmetic.

(** ** Expressions *)

(** An iterate and the next one. *)
Record point := Point {
  this_alpha : floating; this_beta1 : floating; this_beta2 : floating;
  next_alpha : floating; next_beta1 : floating; next_beta2 : floating
}.

Definition at_point (p : point) (x x' : state) : Prop :=
  near (this_alpha p) (alpha x) /\ near (this_beta1 p) (beta1 x) /\ near (this_beta2 p) (beta2 x)
  /\ near (next_alpha p) (alpha x') /\ near (next_beta1 p) (beta1 x')
  /\ near (next_beta2 p) (beta2 x').

Section Evaluation.

(** Bits of the numbers. *)
Variable precision : Z.

Let wanted := Int.of_Z precision.

Definition constant (q : Q) : floating :=
  let n := Qnum q in
  let d := Zpos (Qden q) in
  if (n =? 0)%Z then Floating zero_ball zero
  else
    let k := Z.max 0 (precision + Z.log2 d - Z.log2 (Z.abs n)) in
    Floating (if (d =? 1)%Z then of_integer k n else of_fraction k n d) (Int.of_Z k).

Definition both (op : floating -> floating -> option floating)
    (f g : point -> option floating) (p : point) : option floating :=
  match f p with
  | Some u => match g p with Some v => op u v | None => None end
  | None => None
  end.

Definition total (op : floating -> floating -> floating) (u v : floating) := Some (op u v).

Definition single (op : floating -> option floating) (f : point -> option floating) (p : point) :
    option floating :=
  match f p with Some u => op u | None => None end.

(** 1/q; none for 0. *)
Definition constant_inverse (q : Q) : option floating :=
  if (Qnum q =? 0)%Z then None else Some (constant (/ q)).

(** The value of an expression; none if there may be none. What does not depend on the point is
    computed once. *)
Fixpoint evaluate (u : expression) : point -> option floating :=
  match u with
  | Const q => let c := Some (constant q) in fun _ => c
  | Alpha => fun p => Some (this_alpha p)
  | Beta1 => fun p => Some (this_beta1 p)
  | Beta2 => fun p => Some (this_beta2 p)
  | Alpha' => fun p => Some (next_alpha p)
  | Beta1' => fun p => Some (next_beta1 p)
  | Beta2' => fun p => Some (next_beta2 p)
  | Add u v => both (total f_add) (evaluate u) (evaluate v)
  | Sub u v => both (total f_sub) (evaluate u) (evaluate v)
  | Mul u v => both (total (f_mul wanted)) (evaluate u) (evaluate v)
  | Div u v =>
      both (total (f_mul wanted)) (evaluate u)
        match v with
        | Const q => let c := constant_inverse q in fun _ => c
        | _ => single (f_inverse wanted) (evaluate v)
        end
  | Power u n => single (fun x => Some (f_power wanted x n)) (evaluate u)
  | Min u v => both f_min (evaluate u) (evaluate v)
  | Max u v => both f_max (evaluate u) (evaluate v)
  | Abs u => single (fun x => Some (f_abs x)) (evaluate u)
  | Sqrt u => single (f_sqrt wanted) (evaluate u)
  end.

Lemma constant_ok q : near (constant q) (Q2R q).
Proof.
  unfold near, constant. destruct (Z.eqb_spec (Qnum q) 0) as [E|_]; cbn [digits place].
  - rewrite Q2R_fraction, E. unfold Rdiv. rewrite Rmult_0_l. apply zero_ball_ok.
  - set (k := Z.max _ _). assert (Hk : (0 <= k)%Z) by apply Z.le_max_l. clearbody k.
    rewrite Int.of_Z_spec, Q2R_fraction. destruct (Z.eqb_spec (Zpos (Qden q)) 1) as [E|_].
    + rewrite E. unfold Rdiv. rewrite Rinv_1, Rmult_1_r. now apply of_integer_ok.
    + now apply of_fraction_ok.
Qed.

Lemma both_ok op (value : R -> R -> R) f g p v w y :
  (forall a b c, near a v -> near b w -> op a b = Some c -> near c (value v w)) ->
  (forall a, f p = Some a -> near a v) -> (forall b, g p = Some b -> near b w) ->
  both op f g p = Some y -> near y (value v w).
Proof.
  intros Hop Hf Hg E. unfold both in E. destruct (f p) as [a|]; [|discriminate].
  destruct (g p) as [b|]; [|discriminate]. apply (Hop a b y); auto.
Qed.

Theorem evaluate_ok p x x' : at_point p x x' ->
  forall u y, evaluate u p = Some y -> near y (value x x' u).
Proof.
  intros (Ha & Hb & Hc & Ha' & Hb' & Hc'). induction u as
    [q| | | | | | |u IHu v IHv|u IHu v IHv|u IHu v IHv|u IHu v IHv|u IHu n|u IHu v IHv|u IHu v IHv
    |u IHu|u IHu]; intros y E; cbn [evaluate value] in *.
  1: injection E as <-; apply constant_ok.
  1-6: injection E as <-; assumption.
  - refine (both_ok _ Rplus _ _ _ _ _ _ _ IHu IHv E).
    intros a b c H1 H2 E'. injection E' as <-. now apply f_add_ok.
  - refine (both_ok _ Rminus _ _ _ _ _ _ _ IHu IHv E).
    intros a b c H1 H2 E'. injection E' as <-. now apply f_sub_ok.
  - refine (both_ok _ Rmult _ _ _ _ _ _ _ IHu IHv E).
    intros a b c H1 H2 E'. injection E' as <-. now apply f_mul_ok.
  - refine (both_ok _ (fun v w => v * w) _ _ _ _ (/ value x x' v) _ _ IHu _ E).
    + intros a b c H1 H2 E'. injection E' as <-. now apply f_mul_ok.
    + clear E. intros b E.
      assert (Hv : single (f_inverse wanted) (evaluate v) p = Some b -> near b (/ value x x' v)).
      { unfold single. destruct (evaluate v p) as [c|]; [|discriminate]. intros E'.
        exact (proj2 (f_inverse_ok wanted c b _ (IHv c eq_refl) E')). }
      destruct v; try exact (Hv E). cbn [value]. unfold constant_inverse in E.
      destruct (Z.eqb_spec (Qnum q) 0) as [|Hq]; [discriminate|]. injection E as <-.
      rewrite <- Q2R_inv by (intros E0; unfold Qeq in E0; simpl in E0; lia). apply constant_ok.
  - unfold single in E. destruct (evaluate u p) as [a|]; [|discriminate]. injection E as <-.
    now apply f_power_ok, IHu.
  - refine (both_ok _ Rmin _ _ _ _ _ _ _ IHu IHv E). intros a b c H1 H2.
    exact (f_min_ok a b c _ _ H1 H2).
  - refine (both_ok _ Rmax _ _ _ _ _ _ _ IHu IHv E). intros a b c H1 H2.
    exact (f_max_ok a b c _ _ H1 H2).
  - unfold single in E. destruct (evaluate u p) as [a|]; [|discriminate]. injection E as <-.
    now apply f_abs_ok, IHu.
  - unfold single in E. destruct (evaluate u p) as [a|]; [|discriminate].
    exact (proj2 (f_sqrt_ok wanted a y _ (IHu a eq_refl) E)).
Qed.

(** ** Formulas *)

(** lambda1 and lambda2. *)
Variables q1 q2 : Q.

(** S <= z, by Proposition 1; S is at least the second and the third diagonal entry. *)
Definition sharpness_le_decision : floating -> point -> option bool :=
  let mul := f_mul wanted in
  let l1 := constant q1 in
  let l2 := constant q2 in
  let two := constant 2 in
  let one := constant 1 in
  fun z p =>
  let x := this_alpha p in
  let y := this_beta1 p in
  let w := this_beta2 p in
  let x2 := mul x x in
  let d1 := mul l1 x2 in
  let d2 := mul l2 x2 in
  match f_le d1 z, f_le d2 z with
  | Some false, _ | _, Some false => Some false
  | Some true, Some true =>
      match f_lt d1 z, f_lt d2 z with
      | Some true, Some true =>
          let u0 := f_sub (f_sub z (mul l1 (mul y y))) (mul l2 (mul w w)) in
          let u1 := f_sub z d1 in
          let u2 := f_sub z d2 in
          let o1 := mul two (mul l1 (mul x y)) in
          let o2 := mul l2 (f_sub (mul two (mul x w)) one) in
          f_le (f_add (mul (mul o1 o1) u2) (mul (mul o2 o2) u1)) (mul (mul u0 u1) u2)
      | _, _ => None
      end
  | _, _ => None
  end.

(** S < z if S is at most a little less than z. *)
Definition sharpness_lt_decision : floating -> point -> option bool :=
  let decide := sharpness_le_decision in
  let less := constant (1 - (1 # 2 ^ 60)) in
  let none := constant 0 in
  fun z p =>
  match f_lt none z, decide (f_mul wanted z less) p with
  | Some true, Some true => Some true
  | _, _ => match decide z p with Some false => Some false | _ => None end
  end.

Definition compare (op : floating -> floating -> option bool)
    (f g : point -> option floating) (p : point) : option bool :=
  match f p with
  | Some u => match g p with Some v => op u v | None => None end
  | None => None
  end.

(** Whether a formula holds; none if that is not certain. *)
Fixpoint decide (f : formula) : point -> option bool :=
  match f with
  | Le u v => compare f_le (evaluate u) (evaluate v)
  | Lt u v => compare f_lt (evaluate u) (evaluate v)
  | Sharpness_le u =>
      let value := evaluate u in
      let decision := sharpness_le_decision in
      fun p => match value p with Some z => decision z p | None => None end
  | Sharpness_lt u =>
      let value := evaluate u in
      let decision := sharpness_lt_decision in
      fun p => match value p with Some z => decision z p | None => None end
  | And f g =>
      let first := decide f in
      let second := decide g in
      fun p =>
      match first p with
      | Some false => Some false
      | Some true => second p
      | None => match second p with Some false => Some false | _ => None end
      end
  | Or f g =>
      let first := decide f in
      let second := decide g in
      fun p =>
      match first p with
      | Some true => Some true
      | Some false => second p
      | None => match second p with Some true => Some true | _ => None end
      end
  | Not f =>
      let first := decide f in
      fun p => option_map negb (first p)
  | Implies f g =>
      let first := decide f in
      let second := decide g in
      fun p =>
      match first p with
      | Some false => Some true
      | Some true => second p
      | None => match second p with Some true => Some true | _ => None end
      end
  end.

(** *** Soundness *)

Context {m : model} {pos : positive_model}.
Hypothesis lambda1_ok : Q2R q1 = lambda1.
Hypothesis lambda2_ok : Q2R q2 = lambda2.

Definition decides (P : Prop) (b : bool) : Prop := if b then P else ~ P.

Lemma sharpness_le_decision_ok p x x' z v b :
  at_point p x x' -> near z v -> sharpness_le_decision z p = Some b ->
  decides (sharpness_le x v) b.
Proof.
  intros (Ha & Hb & Hc & _) Hz E. unfold sharpness_le_decision in E.
  pose proof (constant_ok q1) as H1. rewrite lambda1_ok in H1.
  pose proof (constant_ok q2) as H2. rewrite lambda2_ok in H2.
  pose proof (constant_ok 2) as Htwo. rewrite (Q2R_integer 2) in Htwo.
  pose proof (constant_ok 1) as Hone. rewrite Q2R_1 in Hone.
  pose proof (f_mul_ok wanted) as M.
  set (l1 := constant q1) in *. set (l2 := constant q2) in *. clearbody l1 l2.
  set (two := constant 2) in *. set (one := constant 1) in *. clearbody two one.
  set (mul := f_mul wanted) in *. clearbody mul.
  set (d1 := mul l1 _) in E. set (d2 := mul l2 (mul (this_alpha p) _)) in E.
  assert (Hd1 : near d1 (hess_beta1_beta1 x)).
  { unfold hess_beta1_beta1. replace (alpha x ^ 2) with (alpha x * alpha x) by ring.
    apply M; [exact H1|now apply M]. }
  assert (Hd2 : near d2 (hess_beta2_beta2 x)).
  { unfold hess_beta2_beta2. replace (alpha x ^ 2) with (alpha x * alpha x) by ring.
    apply M; [exact H2|now apply M]. }
  assert (Hlow : forall c, v < c -> (sharpness_le x v -> c <= v) -> ~ sharpness_le x v)
    by (intros c Hlt Hc' H; specialize (Hc' H); lra).
  assert (L1 : v < hess_beta1_beta1 x -> ~ sharpness_le x v).
  { intros Hlt. apply (Hlow _ Hlt). apply sharpness_ge. }
  assert (L2 : v < hess_beta2_beta2 x -> ~ sharpness_le x v).
  { intros Hlt. apply (Hlow _ Hlt). intros H. specialize (H 0 0 1). unfold hess_form in H. lra. }
  pose proof (f_le_ok d1 z _ _ false Hd1 Hz) as F1. pose proof (f_le_ok d2 z _ _ false Hd2 Hz) as F2.
  destruct (f_le d1 z) as [[]|]; destruct (f_le d2 z) as [[]|];
    try discriminate E; try (injection E as <-; simpl; auto; fail).
  destruct (f_lt d1 z) as [[]|] eqn:E1; try discriminate E.
  destruct (f_lt d2 z) as [[]|] eqn:E2; try discriminate E.
  apply (f_lt_ok d1 z _ _ true Hd1 Hz) in E1. apply (f_lt_ok d2 z _ _ true Hd2 Hz) in E2.
  assert (Ho1 : near (mul two (mul l1 (mul (this_alpha p) (this_beta1 p))))
                  (2 * (lambda1 * (alpha x * beta1 x)))) by (repeat apply M; assumption).
  assert (Ho2 : near (mul l2 (f_sub (mul two (mul (this_alpha p) (this_beta2 p))) one))
                  (lambda2 * (2 * (alpha x * beta2 x) - 1)))
    by (apply M; [|apply f_sub_ok; [repeat apply M|]]; assumption).
  pose proof (f_sub_ok _ _ _ _ Hz Hd1) as Hu1. pose proof (f_sub_ok _ _ _ _ Hz Hd2) as Hu2.
  assert (Hu0 : near (f_sub (f_sub z (mul l1 (mul (this_beta1 p) (this_beta1 p))))
                        (mul l2 (mul (this_beta2 p) (this_beta2 p))))
                  (v - lambda1 * (beta1 x * beta1 x) - lambda2 * (beta2 x * beta2 x)))
    by (apply f_sub_ok; [apply f_sub_ok; [exact Hz|]|]; repeat apply M; assumption).
  pose proof (f_le_ok _ _ _ _ b
    (f_add_ok _ _ _ _ (M _ _ _ _ (M _ _ _ _ Ho1 Ho1) Hu2) (M _ _ _ _ (M _ _ _ _ Ho2 Ho2) Hu1))
    (M _ _ _ _ (M _ _ _ _ Hu0 Hu1) Hu2) E) as Hdet.
  clear E. rename Hdet into E.
  pose proof (sharpness_le_iff x v E1 E2) as Hiff. unfold char_poly in Hiff.
  unfold hess_alpha_alpha, hess_alpha_beta1, hess_alpha_beta2 in Hiff.
  destruct b; simpl.
  - apply Hiff. lra.
  - intros H. apply Hiff in H. lra.
Qed.

Lemma sharpness_lt_decision_ok p x x' z v b :
  at_point p x x' -> near z v -> sharpness_lt_decision z p = Some b ->
  decides (exists c, c < v /\ sharpness_le x c) b.
Proof.
  intros Hp Hz E. unfold sharpness_lt_decision in E.
  assert (Hfalse : match sharpness_le_decision z p with Some false => Some false | _ => None end
                   = Some b -> decides (exists c, c < v /\ sharpness_le x c) b).
  { clear E. destruct (sharpness_le_decision z p) as [[]|] eqn:Ed; try discriminate.
    intros E. injection E as <-. simpl. intros (c & Hc & H).
    apply (sharpness_le_decision_ok p x x' z v false Hp Hz Ed).
    apply sharpness_le_trans with (1 := H). lra. }
  destruct (f_lt (constant 0) z) as [[]|] eqn:E0; try exact (Hfalse E).
  destruct (sharpness_le_decision (f_mul wanted z _) p) as [[]|] eqn:Ed; try exact (Hfalse E).
  injection E as <-. apply (f_lt_ok _ z (Q2R 0) v true (constant_ok 0) Hz) in E0.
  rewrite Q2R_0 in E0. set (less := (1 - (1 # 2 ^ 60))%Q) in Ed.
  pose proof (f_mul_ok wanted z (constant less) v (Q2R less) Hz (constant_ok less)) as Hless.
  simpl. exists (v * Q2R less). split.
  - assert (Hl : Q2R less < 1) by (rewrite <- Q2R_1; apply Qlt_Rlt; reflexivity).
    rewrite <- (Rmult_1_r v) at 2. apply Rmult_lt_compat_l; assumption.
  - exact (sharpness_le_decision_ok p x x' _ _ true Hp Hless Ed).
Qed.

Theorem decide_ok p x x' : at_point p x x' ->
  forall f b, decide f p = Some b -> decides (holds x x' f) b.
Proof.
  intros Hp. pose proof (evaluate_ok p x x' Hp) as Hvalue.
  induction f as [u v|u v|u|u|f IHf g IHg|f IHf g IHg|f IHf|f IHf g IHg]; intros b E;
    cbn [decide holds] in *.
  - unfold compare in E. destruct (evaluate u p) as [y|] eqn:Eu; [|discriminate].
    destruct (evaluate v p) as [z|] eqn:Ev; [|discriminate].
    pose proof (f_le_ok y z _ _ b (Hvalue u y Eu) (Hvalue v z Ev) E) as H.
    destruct b; simpl; lra.
  - unfold compare in E. destruct (evaluate u p) as [y|] eqn:Eu; [|discriminate].
    destruct (evaluate v p) as [z|] eqn:Ev; [|discriminate].
    pose proof (f_lt_ok y z _ _ b (Hvalue u y Eu) (Hvalue v z Ev) E) as H.
    destruct b; simpl; lra.
  - destruct (evaluate u p) as [z|] eqn:Eu; [|discriminate].
    exact (sharpness_le_decision_ok p x x' z _ b Hp (Hvalue u z Eu) E).
  - destruct (evaluate u p) as [z|] eqn:Eu; [|discriminate].
    exact (sharpness_lt_decision_ok p x x' z _ b Hp (Hvalue u z Eu) E).
  - destruct (decide f p) as [[]|]; destruct (decide g p) as [[]|]; try discriminate E;
      injection E as <-; try pose proof (IHf _ eq_refl) as Hf; try pose proof (IHg _ eq_refl) as Hg;
      simpl in *; tauto.
  - destruct (decide f p) as [[]|]; destruct (decide g p) as [[]|]; try discriminate E;
      injection E as <-; try pose proof (IHf _ eq_refl) as Hf; try pose proof (IHg _ eq_refl) as Hg;
      simpl in *; tauto.
  - destruct (decide f p) as [[]|]; try discriminate E;
      injection E as <-; pose proof (IHf _ eq_refl) as Hf; simpl in *; tauto.
  - destruct (decide f p) as [[]|]; destruct (decide g p) as [[]|]; try discriminate E;
      injection E as <-; try pose proof (IHf _ eq_refl) as Hf; try pose proof (IHg _ eq_refl) as Hg;
      simpl in *; tauto.
Qed.

(** ** Points of a run *)

Definition point_of (k : setting) (s s' : enclosure) : point :=
  let fixed x := trim wanted x (bits (work k)) in
  Point (fixed (alpha_ball s)) (trim wanted (beta1_ball s) (beta1_scale s)) (fixed (beta2_ball s))
        (fixed (alpha_ball s')) (trim wanted (beta1_ball s') (beta1_scale s'))
        (fixed (beta2_ball s')).

Lemma point_of_ok k s s' x x' :
  encloses k s x -> encloses k s' x' -> at_point (point_of k s s') x x'.
Proof.
  intros (Ha & Hb & Hc & _) (Ha' & Hb' & Hc' & _). unfold at_point; simpl.
  repeat split; now apply trim_ok.
Qed.

End Evaluation.

End Formulas.
